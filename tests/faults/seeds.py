"""Chance that can be repeated: one seed a test run, and from it one source of random moments an experiment."""

import os
import random
import secrets

VARIABLE = "FAULTS_SEED"


def choose_seed() -> None:
    """Let all processes of this test run have one seed: the one that the environment names, or a new one."""
    os.environ.setdefault(VARIABLE, str(secrets.randbelow(1_000_000)))


def seed() -> int:
    return int(os.environ[VARIABLE])


def chance_of(experiment: str) -> random.Random:
    """Return the chance of one experiment: the same for the same seed, whatever else runs and in which order."""
    return random.Random(f"{seed()}:{experiment}")
