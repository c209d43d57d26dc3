"""How the benchmarks talk with a peer: the task is a JSON argument; one JSON object a line on standard output says that the script is
ready, then what each round took that a line on standard input asked for. Standard input closed ends it. Python's own modules only."""

import json
import math
import resource
import sys
import time


def task():
    """The task of this process."""
    return json.loads(sys.argv[1])


def repeats_for(step, seconds):
    """How often a step makes a round of about so many seconds; warms it up first."""
    step()
    step()
    began = time.perf_counter()
    step()
    return max(2, math.ceil(seconds / (time.perf_counter() - began)))


def peak_memory_bytes():
    """The most memory that this process, or one that it has waited for, has had resident."""
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def serve(facts, work):
    """Says that all is ready, then does `work` for each line that asks for a round. `work` gives the number of items it worked through."""
    print(json.dumps({"type": "ready", **facts}), flush=True)
    for line in sys.stdin:
        if line.strip() != "round":
            continue
        began = time.perf_counter()
        items = work()
        seconds = time.perf_counter() - began
        print(json.dumps({"type": "round", "items": items, "seconds": seconds, "peak_memory_bytes": peak_memory_bytes()}), flush=True)
