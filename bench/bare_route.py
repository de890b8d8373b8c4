"""A FastAPI application with one route that does nothing: what an answer costs before any work is done.

Run as a program: it listens on a free port of the loopback interface and prints it.
"""

import socket

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Asked(BaseModel):
    name: str


class Said(BaseModel):
    text: str


@app.post("/")
async def say(asked: Asked) -> Said:
    return Said(text=f"Hello {asked.name}!")


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        uvicorn.Server(uvicorn.Config(app, loop="uvloop", http="httptools", log_level="error")).run(sockets=[listener])
