package generationclock_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	gc "github.com/lockstep-tla/lockstep/impl/generationclock"
)

// Three nodes and a store. The first leader has not heard that there is a second one,
// and writes.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	store, err := gc.OpenStore(gc.StoreOptions{Name: "store", Path: filepath.Join(dir, "store")})
	if err != nil {
		panic(err)
	}
	defer store.Close()
	cluster := map[string]*gc.Node{}
	send := func(_ context.Context, to string, m *gc.Message) (*gc.Message, error) {
		if to == "store" {
			return store.Receive(m)
		}
		if to == "red" || m.From == "red" {
			return nil, errors.New("red is cut off from the other nodes")
		}
		return cluster[to].Receive(m)
	}
	names := []string{"red", "green", "blue"}
	for i, name := range names {
		n, err := gc.Open(gc.Options{
			Name: name, Peers: []string{names[(i+1)%3], names[(i+2)%3]}, Send: send, Path: filepath.Join(dir, name),
		})
		if err != nil {
			panic(err)
		}
		defer n.Close()
		cluster[name] = n
	}

	ctx := context.Background()
	_, err = cluster["red"].Campaign(ctx)
	fmt.Println("red:", errors.Is(err, gc.ErrNotElected))
	generation, err := cluster["green"].Campaign(ctx)
	fmt.Println("green leads", generation, err)
	fmt.Println(cluster["green"].Write(ctx, "store", "green was here"))
	generation, err = cluster["blue"].Campaign(ctx)
	fmt.Println("blue leads", generation, err)
	fmt.Println(cluster["blue"].Write(ctx, "store", "blue was here"))
	fmt.Println(cluster["green"].Write(ctx, "store", "green again"))
	fmt.Println(store.Last().Value, store.Fence())
	// Output:
	// red: true
	// green leads 1 <nil>
	// <nil>
	// blue leads 2 <nil>
	// <nil>
	// generation clock: not the leader: follower
	// blue was here 2
}

// A clock alone, for those who elect their leaders in another way.
func ExampleClock() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	clock, err := gc.OpenClock(filepath.Join(dir, "clock"), nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(clock.Raise())
	fmt.Println(clock.Check(5))
	fmt.Println(clock.Check(4))
	clock.Close()
	clock, err = gc.OpenClock(filepath.Join(dir, "clock"), nil)
	if err != nil {
		panic(err)
	}
	defer clock.Close()
	fmt.Println(clock.Now())
	// Output:
	// 1 <nil>
	// true <nil>
	// false generation clock: stale number: 4, and 5 is known
	// 5
}
