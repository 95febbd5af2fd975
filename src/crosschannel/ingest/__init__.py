"""Raw records in, one shape for all channels out: parse, judge, dedupe, account, conform."""
