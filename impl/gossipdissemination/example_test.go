package gossipdissemination_test

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/lockstep-tla/lockstep/impl/environment/network"
	gossip "github.com/lockstep-tla/lockstep/impl/gossipdissemination"
)

// Three nodes on real sockets. Bob and Carol know Ann's address only, and hear of
// each other by her. Then Bob crashes and comes back.
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
	heard(carol, "bob", "disk", "full") // of the updates in their order, this is the last
	load, _ := carol.Get("bob", "load")
	fmt.Println("carol knows", carol.Owners(), "and that bob's load is", load)

	bob.Close() // as a crash would: without a word
	bob = join("bob", seeds)
	defer bob.Close()
	if err := bob.Set("load", "1"); err != nil {
		panic(err)
	}
	heard(carol, "bob", "load", "1")
	_, ok := carol.Get("bob", "disk")
	fmt.Println("this is life", bob.Generation(), "of bob; carol knows of his old disk:", ok)
	// Output:
	// carol knows [ann bob carol] and that bob's load is 7
	// this is life 2 of bob; carol knows of his old disk: false
}

// heard waits until a node has heard of a value.
func heard(node *gossip.Node, owner, key, value string) {
	for now, _ := node.Get(owner, key); now != value; now, _ = node.Get(owner, key) {
		time.Sleep(5 * time.Millisecond)
	}
}
