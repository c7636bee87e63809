package gossipdissemination_test

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/lockstep-tla/lockstep/impl/environment/network"
	gossip "github.com/lockstep-tla/lockstep/impl/gossipdissemination"
)

// Three nodes on real sockets. Bob and Carol know only the address of Ann, through which
// they find each other. Then Bob crashes and restarts.
func Example() {
	dir, err := os.MkdirTemp("", "gossip")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	join := func(name string, seeds map[string]string) *gossip.Node {
		file := gossip.GenerationFile(filepath.Join(dir, name))
		last, err := file.Last()
		if err != nil {
			panic(err)
		}
		socket, err := network.ListenUDP("127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		node, err := gossip.Join(gossip.Options{
			Name: name, Endpoint: socket, Seeds: seeds,
			LastGeneration: last, Durable: file.Keep,
			Interval: 20 * time.Millisecond, // a second is usual
		})
		if err != nil {
			panic(err)
		}
		return node
	}

	ann := join("ann", nil)
	defer ann.Close()
	address, _ := ann.Get("ann", gossip.AddressKey)
	seeds := map[string]string{"ann": address}
	bob, carol := join("bob", seeds), join("carol", seeds)
	defer carol.Close()

	if err := bob.Set("load", "7"); err != nil {
		panic(err)
	}
	if err := bob.Set("disk", "full"); err != nil {
		panic(err)
	}
	waitFor(carol, "bob", "disk", "full") // updates come in version order, and this is the last
	load, _ := carol.Get("bob", "load")
	fmt.Println("carol knows", carol.Owners(), "and that bob's load is", load)

	bob.Close() // without a message, as in a crash
	bob = join("bob", seeds)
	defer bob.Close()
	if err := bob.Set("load", "1"); err != nil {
		panic(err)
	}
	waitFor(carol, "bob", "load", "1")
	_, ok := carol.Get("bob", "disk")
	fmt.Println("this is generation", bob.Generation(), "of bob; carol knows its old disk:", ok)
	// Output:
	// carol knows [ann bob carol] and that bob's load is 7
	// this is generation 2 of bob; carol knows its old disk: false
}

// waitFor waits until a node knows a value.
func waitFor(node *gossip.Node, owner, key, value string) {
	for now, _ := node.Get(owner, key); now != value; now, _ = node.Get(owner, key) {
		time.Sleep(5 * time.Millisecond)
	}
}
