"""What the tests of every service share: databases, tokens, a client that checks each answer, ways to read a refusal."""
