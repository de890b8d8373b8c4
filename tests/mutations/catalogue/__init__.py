"""All mutations, by what their lines are there for."""

from tests.mutations.catalogue import beating, claiming, effects, ending, journaling, schedules, waiting, waking

MUTATIONS = (
    *journaling.MUTATIONS,
    *claiming.MUTATIONS,
    *beating.MUTATIONS,
    *effects.MUTATIONS,
    *waiting.MUTATIONS,
    *ending.MUTATIONS,
    *waking.MUTATIONS,
    *schedules.MUTATIONS,
)
