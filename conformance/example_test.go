package conformance_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// Two clients want one lock. The first run is a behaviour of the spec. In the
// second run the server gives the lock to bob while ann has it.
func ExampleChecker_Replay() {
	const right = `{"lockstep":1,"spec":"Lock","scenario":"right","seed":1,"constants":{}}
{"step":"Acquire","args":{"node":"server","client":"ann"},"state":{"holder":"ann"}}
{"step":"Release","args":{"node":"server","client":"ann"},"state":{"holder":"nobody"}}
{"end":2}
`
	const wrong = `{"lockstep":1,"spec":"Lock","scenario":"wrong","seed":1,"constants":{}}
{"step":"Acquire","args":{"node":"server","client":"ann"},"state":{"holder":"ann"}}
{"step":"Acquire","args":{"node":"server","client":"bob"},"state":{"holder":"bob"}}
{"end":2}
`
	var traces []*trace.Trace
	for name, text := range map[string]string{"right": right, "wrong": wrong} {
		t, err := trace.Read(strings.NewReader(text), name)
		if err != nil {
			fmt.Println(err)
			return
		}
		traces = append(traces, t)
	}
	spec, err := conformance.Load(os.DirFS("../docs/example/spec"))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	found, err := tlc.Find(ctx) // `lockstep setup` fetches it
	if err != nil {
		fmt.Println(err)
		return
	}
	checker := &conformance.Checker{TLC: found}
	verdicts, err := checker.Replay(ctx, spec, traces)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, v := range verdicts {
		fmt.Printf("%s: %s\n", traces[i].Name, v)
	}
	// Unordered output:
	// right: accepted
	// wrong: rejected at step 2, Acquire (guard): the spec does not allow this step here with these arguments
}

// A folder without a Steps module is bad input.
func ExampleLoad() {
	_, err := conformance.Load(os.DirFS("testdata"))
	fmt.Println(errors.Is(err, conformance.ErrInput))
	fmt.Println(err)
	// Output:
	// true
	// bad input: the folder must hold one module XSteps.tla for its spec X; it holds 0
}
