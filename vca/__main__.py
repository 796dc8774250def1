"""`python -m vca`."""

from vca.cli import main

main()
