// Package tlc runs the TLC model checker and understands what it says.
//
// It finds Java and TLC's jar ([Find], [Setup]), runs a model in a folder of
// its own that is gone afterwards ([TLC.Run]), and turns TLC's messages and
// exit code into a [Result]. It also reads and writes TLA+ values
// ([ParseValue], [FormatValue]) and TLC's configuration files ([Config]).
//
// Nothing here knows about traces or patterns. Only what the pinned jar and
// the official ones have in common is used.
package tlc
