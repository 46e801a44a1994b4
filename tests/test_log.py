"""Messages of a log that nobody set up."""

from __future__ import annotations

import subprocess
import sys


def test_warning_says_whose_it_is():
    """A warning is told with our name before it where no log was set up, and `logging` comes with it, not before."""
    script = (
        "import sys\nfrom minicov_lsp.log import Log\nassert 'logging' not in sys.modules\n"
        "log = Log('minicov_lsp.plugins')\nlog.info('nothing')\nlog.warning('%s: is not there', 'plugin')"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stderr == "minicov: plugin: is not there\n"
