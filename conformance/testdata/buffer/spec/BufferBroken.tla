---------------------------- MODULE BufferBroken ----------------------------
EXTENDS Buffer

AlwaysRoom == Len(buffer) < 9   \* keeps the broken model finite
=============================================================================
