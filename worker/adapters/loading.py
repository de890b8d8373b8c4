"""Loads adapters when they are first wanted: what they stand on takes memory that most workers never need."""

import asyncio
from importlib import import_module
from typing import Generic, TypeVar

T = TypeVar("T")


class OnFirstUse(Generic[T]):
    """Makes one adapter, `name` of `module`, the first time it is asked for. The import happens off the event loop."""

    def __init__(self, module: str, name: str, *arguments: object) -> None:
        self._module = module
        self._name = name
        self._arguments = arguments
        self._made: T | None = None

    async def get(self) -> T:
        """Return the adapter, the same one every time."""
        if self._made is None:
            module = await asyncio.to_thread(import_module, self._module)
            self._made = self._made or getattr(module, self._name)(*self._arguments)
        return self._made
