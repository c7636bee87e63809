package clockboundwait_test

import (
	"context"
	"fmt"
	"time"

	"github.com/lockstep-tla/lockstep/impl/clockboundwait"
)

// Two nodes on one machine. The read begins at b after the write has ended at a, and gets it.
func Example() {
	ctx := context.Background()
	clock, err := clockboundwait.System(time.Millisecond)
	if err != nil {
		panic(err)
	}
	a, err := clockboundwait.Open(clockboundwait.Options{Name: "a", Clock: clock})
	if err != nil {
		panic(err)
	}
	b, err := clockboundwait.Open(clockboundwait.Options{Name: "b", Clock: clock})
	if err != nil {
		panic(err)
	}
	version, err := a.Put(ctx, "title", "Emma")
	if err != nil {
		panic(err)
	}
	request, err := b.Ask("a", "title")
	if err != nil {
		panic(err)
	}
	entry, err := a.Get(ctx, request)
	if err != nil {
		panic(err)
	}
	fmt.Println(entry.Value, entry.Version == version, request.Stamp > version)
	// Output: Emma true true
}
