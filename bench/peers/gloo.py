"""Several processes of one script on this machine that meet over Gloo, one thread each: process 0 speaks with the other side and passes its commands on to the others."""
import atexit
import datetime
import os
import shutil
import subprocess
import sys
import tempfile

from peer import Missing


def join(script, processes):
    """Returns this process's rank and what passes a command on to the others, which process 0 starts."""
    import torch
    import torch.distributed as dist

    if not (dist.is_available() and dist.is_gloo_available()):
        raise Missing("this PyTorch was built without torch.distributed and Gloo")
    torch.set_num_threads(1)
    rank = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    others = []
    if rank == 0:
        folder = tempfile.mkdtemp(prefix="atomsets-bench-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        meeting = os.path.join(folder, "meeting")
        others = [subprocess.Popen([sys.executable, "-W", "ignore", script, sys.argv[1], str(r), meeting], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
                  for r in range(1, processes)]
    else:
        meeting = sys.argv[3]
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=processes, timeout=datetime.timedelta(minutes=1))

    def tell(command):
        for other in others:
            print(command, file=other.stdin, flush=True)

    return rank, tell
