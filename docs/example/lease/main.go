// Command lease is the lockstep command for the lock in this folder, as a module of
// your own would have it.
package main

import (
	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/command"
	"github.com/lockstep-tla/lockstep/docs/example/lease/check"
)

func main() {
	command.Main(command.Program{
		Main:     "github.com/lockstep-tla/lockstep/docs/example/lease",
		Patterns: []*conformance.Pattern{&check.Pattern},
	})
}
