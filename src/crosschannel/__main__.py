"""``python -m crosschannel`` is the ``crosschannel`` command."""

from crosschannel.cli import main

if __name__ == "__main__":
    main()
