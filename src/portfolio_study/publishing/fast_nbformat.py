"""Import this before nbformat: it saves two seconds in every process that reads a notebook.

nbformat imports jsonschema, which imports rfc3987_syntax if it is installed, which compiles a grammar
for internationalised web addresses; no notebook has a field that is checked against it.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: "cannot be imported"
