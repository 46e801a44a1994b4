"""Programs that share the process with something else that watches, or whose files are out of the ordinary.

Each line that ends in `# hit` must be found, each that ends in `# miss` must not.
"""

from __future__ import annotations

from typing import NamedTuple


class Scene(NamedTuple):
    """A program and what lies about it."""

    program: str
    others: dict[str, str] = {}  # noqa: RUF012  # a NamedTuple's default is never changed
    """{relative path: text}."""
    encoding: str = "utf-8"
    """Of the program's file."""
    newline: str = "\n"
    arguments: tuple[str, ...] = ("program.py",)
    needs: str = ""
    """A module that must be installed."""
    oldest: tuple[int, int] = (3, 11)
    takes_trace: bool = False
    """Whether it takes the one trace function, so that before Python 3.12 the core in Python sees less, and says so."""
    sets_trace: bool = False
    """Whether a frame of its own does so, by sys.settrace: then so does the core in C."""


SCENES = {
    "coverage.py beside us, on sys.settrace": Scene(
        """\
        import coverage
        cov = coverage.Coverage(data_file=None, config_file=False, include=["program.py"])
        cov.set_option("run:core", "ctrace")
        cov.start()
        def f(x):  # hit
            if x:  # hit
                return 1  # hit
            return 2  # miss
        f(1)  # hit
        cov.stop()
        assert 7 in cov.get_data().lines(__file__)  # hit
        """,
        takes_trace=True,
    ),
    "coverage.py beside us, on sys.monitoring": Scene(
        """\
        import coverage
        cov = coverage.Coverage(data_file=None, config_file=False, include=["program.py"])
        cov.set_option("run:core", "sysmon")
        cov.start()
        def f(x):  # hit
            if x:  # hit
                return 1  # hit
            return 2  # miss
        f(1)  # hit
        cov.stop()
        assert 7 in cov.get_data().lines(__file__)  # hit
        f(1)  # hit
        """,
        oldest=(3, 12),
    ),
    "pdb": Scene(
        """\
        import io, pdb
        said = io.StringIO()
        def f(x):  # hit
            pdb.Pdb(stdin=io.StringIO("next\\nnext\\np x\\ncontinue\\n"), stdout=said).set_trace()  # hit
            x += 1  # hit
            if x:  # hit
                return x  # hit
            return 0  # miss
        assert f(41) == 42  # hit
        assert "42" in said.getvalue(), said.getvalue()  # hit
        """,
        takes_trace=True,
    ),
    "a trace function of the program's own": Scene(
        """\
        import sys
        events = []
        def trace(frame, event, argument):
            events.append(event)
            return trace
        def f(x):  # hit
            if x:  # hit
                return 1  # hit
            return 2  # miss
        sys.settrace(trace)
        f(1)  # hit
        sys.settrace(None)
        assert events[0] == "call" and "line" in events and "return" in events, events  # hit
        """,
        takes_trace=True,
        sets_trace=True,
    ),
    "a profile function of the program's own": Scene("""\
        import sys
        events = []
        sys.setprofile(lambda frame, event, argument: events.append(event))
        def f(x):  # hit
            if x:  # hit
                return 1  # hit
            return 2  # miss
        f(1)  # hit
        sys.setprofile(None)
        assert "call" in events and "return" in events  # hit
        """),
    "tools of the program's own on sys.monitoring": Scene(
        """\
        import sys
        monitoring, events = sys.monitoring, sys.monitoring.events
        seen = []
        for tool in range(6):
            if monitoring.get_tool(tool) is None:
                monitoring.use_tool_id(tool, "mine")
                monitoring.register_callback(tool, events.LINE, lambda code, line: seen.append(line))
                monitoring.set_events(tool, events.LINE)
        def f(x):  # hit
            if x:  # hit
                return 1  # hit
            return 2  # miss
        for again in range(3):
            f(1)  # hit
        monitoring.restart_events()
        f(1)  # hit
        for tool in range(6):
            if monitoring.get_tool(tool) == "mine":
                monitoring.set_events(tool, 0)
                monitoring.free_tool_id(tool)
        assert seen.count(11) > 4 and 12 not in seen, seen  # hit
        """,
        oldest=(3, 12),
    ),
    "greenlets": Scene(
        """\
        import greenlet
        def work(n):  # hit
            for i in range(n):  # hit
                main.switch(i)  # hit
                x = i  # hit
            return "end"  # hit
        main = greenlet.getcurrent()
        workers = [greenlet.greenlet(work) for _ in range(3)]
        for step in range(4):
            for worker in workers:
                worker.switch(3) if not step else worker.switch()  # hit
        assert all(worker.dead for worker in workers)  # hit
        """,
        needs="greenlet",
    ),
    "gevent": Scene(
        """\
        import gevent
        from gevent import monkey
        monkey.patch_all()
        import threading, time
        def work(n):  # hit
            time.sleep(0.001)  # hit
            if n == 1:  # hit
                return "one"  # hit
            return n  # hit
        jobs = [gevent.spawn(work, n) for n in range(3)]
        gevent.joinall(jobs)
        thread = threading.Thread(target=lambda: work(1))  # hit
        thread.start(); thread.join()
        assert [job.value for job in jobs] == [0, "one", 2]  # hit
        """,
        needs="gevent",
    ),
    "a module from a zip file": Scene(
        """\
        import sys, zipfile
        with zipfile.ZipFile("library.zip", "w") as archive:
            archive.writestr("zipped.py", "def f():\\n    return 1\\n")
        sys.path.insert(0, "library.zip")
        import zipped  # hit
        assert zipped.f() == 1  # hit
        """
    ),
    "a namespace package": Scene(
        """\
        from space.inner import f  # hit
        f()  # hit
        """,
        {
            "space/inner.py": """\
                def f():  # hit
                    return 1  # hit
                def g():  # hit
                    return 2  # miss
                """
        },
    ),
    "code with odd file names": Scene("""\
        names = ["<string>", "<ipython-input-1-0a>", "/tmp/ipykernel_12/3.py", "", "no such file.py", "a\\nb"]
        for name in names + ["<jinja>", "\\udc80", "x" * 5000, "program.py/inside", "template.html"]:
            code = compile("def f():\\n    return 1\\nf()\\n", name, "exec")
            exec(code, {"__name__": "made"})  # hit
        assert eval("1 + 1") == 2  # hit
        lines = "".join(f"x{n} = {n}\\n" for n in range(50))
        exec(compile(lines, "made up.py", "exec"), {})  # hit
        """),
    "doctest": Scene('''\
        import doctest
        def double(x):  # hit
            """Twice.

            >>> double(2)
            4
            >>> [double(n) for n in range(3)
            ...  if n]
            [2, 4]
            """
            if not x:  # hit
                return 0  # miss
            return 2 * x  # hit
        failed, tried = doctest.testmod()  # hit
        assert (failed, tried) == (0, 2)  # hit
        '''),
    "templates that become code": Scene(
        """\
        import jinja2
        environment = jinja2.Environment(loader=jinja2.FileSystemLoader("."))
        template = environment.get_template("page.html")
        assert template.render(names=["a"]) == "<a>"  # hit
        """,
        {"page.html": "{% for name in names %}<{{ name }}>{% else %}none{% endfor %}"},
        needs="jinja2",
    ),
    "latin-1": Scene(
        """\
        # coding: latin-1
        text = "\xe9\xe8"  # hit
        if text == "\xe9\xe8":  # hit
            found = 1  # hit
        else:
            found = 0  # miss
        assert found  # hit
        """,
        encoding="latin-1",
    ),
    "UTF-8 with a byte order mark": Scene(
        """\
        text = "é"  # hit
        assert len(text) == 1 or never  # hit
        """,
        encoding="utf-8-sig",
    ),
    "Windows line ends": Scene(
        """\
        text = '''a
        b'''
        if text == "a\\nb":  # hit
            x = 1  # hit
        else:
            x = 2  # miss
        """,
        newline="\r\n",
    ),
    "old Mac line ends": Scene(
        """\
        x = 1  # hit
        if not x:  # hit
            x = 2  # miss
        """,
        newline="\r",
    ),
    "a file name with accents": Scene(
        """\
        x = 1  # hit
        import größe  # hit
        """,
        {"größe.py": "y = 1  # hit\n"},
    ),
    "-X importtime": Scene("x = 1  # hit\n", arguments=("-X", "importtime", "program.py")),
    "frozen modules": Scene(
        """\
        import __hello__, zipimport, runpy  # hit
        assert __hello__.__spec__.origin == "frozen" or __hello__.__file__  # hit
        """
    ),
    "a program that runs itself by runpy": Scene(
        """\
        import runpy
        runpy.run_path("other.py")  # hit
        """,
        {"other.py": "x = 1  # hit\n"},
    ),
    "a source file that changes after its import": Scene(
        """\
        import other, pathlib
        pathlib.Path("other.py").write_text("# not what ran\\n" * 3)
        assert other.f() == 1  # hit
        """,
        {"other.py": "def f():\n    return 1\n"},
    ),
    "a subinterpreter": Scene(
        """\
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        made = interpreters.create()  # hit
        interpreters.run_string(made, "x = 1\\nif x:\\n    y = 2\\nimport sys\\nsys.stdout.flush()\\n")  # hit
        interpreters.destroy(made)
        after = 1  # hit
        """,
        oldest=(3, 12),
    ),
    "an interpreter of concurrent.interpreters": Scene(
        """\
        from concurrent import interpreters
        made = interpreters.create()  # hit
        made.exec("x = 1")  # hit
        made.close()
        after = 1  # hit
        """,
        oldest=(3, 14),
    ),
    "a bootstrap that deletes its modules": Scene(
        """\
        import sys
        for name in [name for name in sys.modules if name.startswith("minicov")]:
            del sys.modules[name]
        x = 1  # hit
        """
    ),
}
