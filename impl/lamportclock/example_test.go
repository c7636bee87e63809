package lamportclock_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	"github.com/lockstep-tla/lockstep/impl/lamportclock"
)

// Two servers whose clocks know nothing of each other, and a client that goes
// from one to the other.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	net := networktest.NewMemory()
	e, err := net.Listen("ann")
	if err != nil {
		panic(err)
	}
	ann, err := lamportclock.NewClient(e, lamportclock.ClientOptions{Name: "ann"})
	if err != nil {
		panic(err)
	}
	defer ann.Close()
	for _, name := range []string{"blue", "green"} {
		s, err := lamportclock.OpenServer(lamportclock.ServerOptions{Name: name, Path: filepath.Join(dir, name)})
		if err != nil {
			panic(err)
		}
		defer s.Close()
		e, err := net.Listen(name)
		if err != nil {
			panic(err)
		}
		defer e.Close()
		go s.Serve(e)
		ann.Know(name, name)
	}

	ctx := context.Background()
	for _, server := range []string{"blue", "blue", "green"} {
		v, err := ann.Put(ctx, server, "title", "written to "+server)
		fmt.Println(v.Stamp, v.Node, err)
	}
	v, at, err := ann.Get(ctx, "blue", "title")
	fmt.Println(v.Stamp, v.Value, at, err)
	fmt.Println(ann.Held("title").Value, ann.Seen())
	// Output:
	// 1 blue <nil>
	// 2 blue <nil>
	// 3 green <nil>
	// 2 written to blue 3 <nil>
	// written to green 3
}

// A clock alone. The receiver of a message hands over the stamp that came with
// it.
func ExampleClock() {
	var ann, bob lamportclock.Clock
	fmt.Println(ann.Tick(0), ann.Tick(0))
	sent := ann.Tick(0)
	fmt.Println(bob.Tick(0), bob.Tick(sent))
	// Output:
	// 1 2
	// 1 4
}
