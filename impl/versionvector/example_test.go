package versionvector_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	vv "github.com/lockstep-tla/lockstep/impl/versionvector"
)

// Two clients fill one cart, at two replicas that do not hear of each other.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	messages := make(chan *vv.Message, 10)
	open := func(name, peer string) *vv.Store {
		s, err := vv.Open(vv.Options{
			Name: name, Peers: []string{peer}, Path: filepath.Join(dir, name),
			Send: func(_ string, m *vv.Message) { messages <- m },
		})
		if err != nil {
			panic(err)
		}
		return s
	}
	red, blue := open("red", "blue"), open("blue", "red")
	defer red.Close()
	defer blue.Close()

	fmt.Println(red.Put("cart", vv.Reply{}, "milk"), blue.Put("cart", vv.Reply{}, "bread"))
	for range 2 { // now they do
		m := <-messages
		_ = map[string]*vv.Store{"red": red, "blue": blue}[m.To].Receive(m)
	}
	read, _ := blue.Get("cart")
	fmt.Println(read.Values, read.Context)

	fmt.Println(red.Put("cart", read, strings.Join(read.Values, "+")))
	after, _ := red.Get("cart")
	fmt.Println(after.Values, after.Context.Compare(read.Context) == vv.After)
	// Output:
	// <nil> <nil>
	// [bread milk] map[blue.1:1 red.1:1]
	// <nil>
	// [bread+milk] true
}
