// Command lockstep holds the patterns of distributed systems against their
// specs, and anybody's traces against anybody's spec.
package main

import (
	"github.com/lockstep-tla/lockstep/conformance/command"
	"github.com/lockstep-tla/lockstep/conformance/patterns"
)

func main() {
	command.Main(command.Program{Main: "github.com/lockstep-tla/lockstep", Patterns: patterns.All, Sources: sources})
}
