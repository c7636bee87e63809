// Command cmd is the lockstep command for the buffer alone.
package main

import (
	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/command"
	"github.com/lockstep-tla/lockstep/conformance/testdata/buffer"
)

func main() {
	command.Main(command.Program{
		Main:     "github.com/lockstep-tla/lockstep/conformance/testdata/buffer/cmd",
		Patterns: []*conformance.Pattern{&buffer.Pattern},
	})
}
