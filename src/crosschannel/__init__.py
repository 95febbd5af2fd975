"""crosschannel: from the raw logs of every channel to one customer, segments and scores."""

__version__ = "0.1.0"
