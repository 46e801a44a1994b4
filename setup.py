"""What is in C: the tracer's core, chosen by the Python that builds it, and syntax trees with the walks over them."""

import os
import sys
import sysconfig
from pathlib import Path

from setuptools import Extension, setup

FLAGS = ["-O2", "-fno-strict-aliasing", "-fvisibility=hidden", "-Wall", "-Wextra"]
if os.environ.get("MINICOV_WERROR"):
    FLAGS.append("-Werror")
LINK: list[str] = []
if os.environ.get("MINICOV_SANITIZE"):
    SANITIZE = ["-fsanitize=address,undefined", "-fno-omit-frame-pointer", "-g"]
    FLAGS += SANITIZE
    LINK += SANITIZE

# A change in one builds the core again, and a source distribution has them.
HEADERS = [str(path) for path in Path("tracer/csrc").glob("*.h")]

MONITORING = (
    "module monitoring tools events flush footprints gone hits hits_read signatures hit_log describe number_list "
    "probe_text implied code_object decisions decisions_read required evaluations core_decisions joins opcodes"
)

SETTRACE = (
    "settrace settrace_bytecode settrace_chain settrace_core settrace_decide settrace_eval settrace_events "
    "settrace_flow settrace_flush settrace_hook settrace_jumps settrace_log settrace_record settrace_told "
    "settrace_watcher footprints signatures hit_log code_object decisions decisions_read required evaluations describe "
    "number_list probe_text joins opcodes"
)

SYNTAX = (
    "nodes lexer literals reader expressions primaries brackets fstrings parameters case_patterns simple_statements "
    "statements definitions choices"
)

WALKS = (
    "walks patterns lines arcs arc_rules branches choosing suites deciding decisions regions extents constants finding "
    "finding_parts operands points found rows"
)

TREES_IN = Path("minicov_lsp/csrc")
TREES = Extension(
    "minicov_lsp.source._walks",
    [
        *(f"{TREES_IN}/{name}.c" for name in ("module", "learned", "tree_type")),
        *(f"{TREES_IN}/syntax/{name}.c" for name in SYNTAX.split()),
        *(f"{TREES_IN}/walks/{name}.c" for name in WALKS.split()),
    ],
    depends=[str(path) for path in TREES_IN.rglob("*.h")],
    include_dirs=[f"{TREES_IN}/syntax", f"{TREES_IN}/walks"],
    define_macros=[("Py_LIMITED_API", "0x030B0000")],
    py_limited_api=True,
    extra_compile_args=FLAGS,
    extra_link_args=LINK,
    optional=not os.environ.get("MINICOV_WERROR"),
)

CHECKS_OF = (
    "checks blake2b known numbers rows chunk told hits ledger ledger_load ledger_add ledger_signatures ledger_take"
)

CHECKS_IN = Path("minicov_lsp/csrc/checks")
CHECKS = Extension(
    "minicov_lsp.store._checks",
    [f"{CHECKS_IN}/{name}.c" for name in CHECKS_OF.split()],
    depends=[str(path) for path in CHECKS_IN.glob("*.h")],
    define_macros=[("Py_LIMITED_API", "0x030B0000")],
    py_limited_api=True,
    extra_compile_args=FLAGS,
    extra_link_args=LINK,
    optional=not os.environ.get("MINICOV_WERROR"),
)

# Two names, because CPython 3.11 will load an .abi3.so that was made for 3.12.
# Optional: without a C compiler the Python cores take over and say so. So they do on a free-threaded Python: both cores
# in C rely on the interpreter lock.
extensions: list[Extension] = []
options: dict[str, dict[str, str]] = {}
has_lock = not sysconfig.get_config_var("Py_GIL_DISABLED")
if has_lock and sys.version_info >= (3, 12):
    extensions += [
        Extension(
            "minicov_tracer._monitoring",
            [f"tracer/csrc/{name}.c" for name in MONITORING.split()],
            depends=HEADERS,
            define_macros=[("Py_LIMITED_API", "0x030C0000")],
            py_limited_api=True,
            extra_compile_args=FLAGS,
            extra_link_args=LINK,
            optional=not os.environ.get("MINICOV_WERROR"),
        )
    ]
    options = {"bdist_wheel": {"py_limited_api": "cp312"}}
elif has_lock:
    extensions += [
        Extension(
            "minicov_tracer._settrace",
            [f"tracer/csrc/{name}.c" for name in SETTRACE.split()],
            depends=HEADERS,
            extra_compile_args=FLAGS,
            extra_link_args=LINK,
            optional=not os.environ.get("MINICOV_WERROR"),
        )
    ]

if has_lock:
    extensions += [TREES, CHECKS]

setup(ext_modules=extensions, options=options)
