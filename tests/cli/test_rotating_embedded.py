"""The keys of a data folder are rotated as docs/operating.md says, line by line."""

from pathlib import Path

import pytest

from tests.architecture.markdown import DOCUMENTS, blocks
from tests.cli.operators import BASH, Operator

(NEW_KEY,) = [lines for lines in blocks(DOCUMENTS["docs/operating.md"], "sh") if "vault-keys.new" in lines]
ROTATE = ("vault", "rotate", "--data-dir", ".virga")


@pytest.mark.skipif(not BASH, reason="bash is not installed")
def test_a_new_key_is_put_in_front_and_takes_over_everything(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    serving = operator.serve()
    operator.keep_a_secret(serving)
    serving.end()
    idle = operator.virga(*ROTATE)
    operator.paste(NEW_KEY)
    serving = operator.serve()
    done = operator.virga(*ROTATE)
    serving.end()
    assert (idle.returncode, idle.stderr.split(" on ")[0]) == (2, "Nothing runs")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith('secrets of the vault: 1 encrypted again with "k2"\n')
    assert 'Not needed any more: "k1".' in done.stdout
    assert (operator.data_dir / "secrets" / "vault-keys").stat().st_mode & 0o077 == 0
