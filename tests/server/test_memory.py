"""What the server does about the memory of its threads."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import sys, threading, zlib
from minicov_lsp.server import memory


def size():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * 4096


def use():
    kept.append(zlib.compressobj())
    ready.wait()


kept, ready = [], threading.Barrier(5)
threading.stack_size(1 << 20)
if "share" in sys.argv:
    memory.share_one_pool()
before = size()
threads = [threading.Thread(target=use) for _ in range(4)]
for thread in threads:
    thread.start()
ready.wait()
print((size() - before) >> 20)
memory.give_back()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="pools are glibc's")
def test_threads_share_one_pool():
    """Glibc reserves 64 MiB for the pool of each thread; ours have none of their own."""
    apart, shared = (
        int(subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, check=True, timeout=60).stdout)
        for how in ("apart", "share")
    )
    assert shared < 64
    assert apart - shared >= 64
