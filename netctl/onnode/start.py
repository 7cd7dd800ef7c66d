"""Start a neuron's own Python program with variables that stand in no process's first environment.

    python start.py PROGRAM.py [ARGUMENTS]        python start.py -m MODULE [ARGUMENTS]

The variables are those of the `secrets.json` beside this file. The program finds itself as if the interpreter had
started it: `sys.argv`, `sys.path[0]`, `__main__`, and tracebacks without a word of this file. It stands alone, and
runs wherever the neuron's interpreter does.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any


def _start() -> None:
    import json
    import os
    import runpy
    import sys

    here = __file__
    with open(os.path.join(os.path.dirname(os.path.abspath(here)), "secrets.json"), encoding="ascii") as secrets:
        os.environ.update(json.load(secrets))
    own, words = globals(), sys.argv[1:]
    is_module = words[0] == "-m"
    # With -P or -I the interpreter puts no directory in front.
    puts_first = not (sys.flags.isolated or getattr(sys.flags, "safe_path", False))
    program = words[1] if is_module else os.path.abspath(words[0])
    sys.argv[:] = ["-m", *words[2:]] if is_module else words
    if puts_first:
        sys.path[0] = os.getcwd() if is_module else os.path.dirname(os.path.realpath(program))
    loader = type(own["__loader__"])
    for name in [name for name in own if not (name.startswith("__") and name.endswith("__"))]:
        del own[name]
    own["__doc__"] = None

    def without_this_file(told: Callable[..., object]) -> Callable[..., object]:
        def hook(kind: Any, error: BaseException, trace: TracebackType | None) -> None:
            while trace is not None and trace.tb_frame.f_code.co_filename == here:
                trace = trace.tb_next
            told(kind, error.with_traceback(trace), trace)

        return hook

    # Private, and what `python -m` and `python DIRECTORY` themselves call.
    run_as_main = getattr(runpy, "_run_module_as_main")  # noqa: B009
    try:
        if is_module:
            run_as_main(program)
        elif os.path.isdir(program) or program.endswith((".zip", ".pyz")):
            sys.path[0:1] = [program] if puts_first else [program, sys.path[0]]
            run_as_main("__main__", alter_argv=False)
        else:
            with open(program, "rb") as source:
                code = compile(source.read(), program, "exec", dont_inherit=True)
            own.update(__file__=program, __loader__=loader("__main__", program), __cached__=None)
            exec(code, own)
    except BaseException:
        sys.excepthook = without_this_file(sys.excepthook)
        raise


if __name__ == "__main__":
    _start()
