"""Becomes a server that ends with its parent and, for root, under a uid that is not 0.

Runs as a file of its own (`python -I -S launcher.py`), between the supervisor's fork and the server's exec: what must
happen in the child, such as entering a user namespace, then needs no code between fork and exec in the supervisor.
"""

import argparse
import ctypes
import os
import sys
from pathlib import Path

LAUNCH_FAILED = 97  # exit status: the server was not started at all

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    options = _parse()
    try:
        if options.namespace_uid:
            enter_namespace(options.namespace_uid)
        elif options.uid:
            become(options.uid, options.gid, options.capability)
        if sys.platform == "linux":
            _call("prctl", PR_SET_PDEATHSIG, options.death_signal, 0, 0, 0)
            if os.getppid() != options.parent:  # it died before the signal was asked for
                sys.exit(LAUNCH_FAILED)
        for folder in options.reach:
            os.stat(f"{folder}/.")  # noqa: PTH116 -- pathlib drops the dot, which asks for the right to search
        os.execv(options.command[0], options.command)  # noqa: S606 -- becoming the server is the purpose
    except OSError as error:
        print(f"{options.command[0]}: {error}", file=sys.stderr)  # noqa: T201 -- this is a program
        sys.exit(LAUNCH_FAILED)


def enter_namespace(inside_uid: int) -> None:
    """Enter a user namespace whose only user and group, numbered `inside_uid`, is ours outside."""
    uid, gid = os.geteuid(), os.getegid()
    _call("unshare", CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{inside_uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{inside_uid} {gid} 1")
    _set_capabilities(0)  # those over the namespace, which the server would not inherit


def become(uid: int, gid: int, capability: int | None) -> None:
    """Take another uid for good, keeping at most one capability, which the server inherits."""
    _call("prctl", PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if capability is None:
        _set_capabilities(0)
        return
    _set_capabilities(1 << capability)
    _call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def _set_capabilities(mask: int) -> None:
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)  # effective, permitted, inheritable; low word, then high
    _call("capset", header, sets)


def _call(name: str, *arguments: object) -> None:
    words = [ctypes.c_ulong(word) if isinstance(word, int) else word for word in arguments]
    if getattr(_libc, name)(*words) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--death-signal", type=int, required=True)
    parser.add_argument("--namespace-uid", type=int)
    parser.add_argument("--uid", type=int)
    parser.add_argument("--gid", type=int)
    parser.add_argument("--capability", type=int)
    parser.add_argument("--reach", action="append", default=[])
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


if __name__ == "__main__":
    main()
