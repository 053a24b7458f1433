"""What every peer does: reads its input, then answers one JSON line per line of standard input.

    check    -> the values to compare with ours
    run N    -> {"seconds": time of N iterations}

The other side measures between our requests, so neither disturbs the other; a peer that cannot run says {"missing": ...} and ends.
"""
import json
import sys
import time


def answer(value):
    print(json.dumps(value), flush=True)


class Missing(Exception):
    """The peer cannot run here; the message says what to install."""


def blas():
    """The BLAS in this process. The reference BLAS is ten times slower than any that people compute with: no peer to boast about."""
    with open("/proc/self/maps") as maps:
        loaded = maps.read().lower()
    for name in ("openblas", "mkl_rt", "blis", "atlas"):
        if name in loaded:
            return name
    if "libblas.so" in loaded:
        raise Missing("only the reference BLAS is installed, far slower than an optimised one; install libopenblas0-pthread")
    return "own BLAS"


def serve(prepare):
    """prepare(input) -> (what it is, check(), iterate()), and tell(command) where other processes are to do the same; imports that may fail belong inside."""
    with open(sys.argv[1]) as file:
        data = json.load(file)
    try:
        what, check, iterate, *tell = prepare(data)
    except ImportError as failure:
        answer({"missing": f"{failure}; install python3-torch and python3-pymatgen"})
        return
    except Missing as failure:
        answer({"missing": str(failure)})
        return
    answer({"ready": what})
    try:
        listen(check, iterate, *tell)
    except KeyboardInterrupt:
        pass  # the whole benchmark was stopped


def listen(check, iterate, tell=lambda command: None):
    for line in sys.stdin:
        tell(line.strip())
        command, *arguments = line.split()
        if command == "check":
            answer(check())
        elif command == "run":
            start = time.perf_counter()
            for _ in range(int(arguments[0])):
                iterate()
            answer({"seconds": time.perf_counter() - start})
