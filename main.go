// Command lockstep checks the patterns of distributed systems against their specs,
// and any trace against any spec.
package main

import (
	"github.com/lockstep-tla/lockstep/conformance/command"
	"github.com/lockstep-tla/lockstep/conformance/patterns"
)

func main() {
	command.Main(command.Program{Main: "github.com/lockstep-tla/lockstep", Patterns: patterns.Checked, Sources: sources})
}
