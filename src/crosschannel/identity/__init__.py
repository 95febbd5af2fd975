"""From identifiers seen on events to customers, with the evidence and refusals behind each."""
