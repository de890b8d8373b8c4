"""`python -m app.cli`: the same as the command `virga`."""

from app.cli import main

main()
