// Command cmd prints the story of an account, in which mutants make a
// difference.
package main

import (
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance/testdata/mutants"
)

func main() { fmt.Println(mutants.Story()) }
