package writeaheadlog_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/impl/writeaheadlog"
)

// A map that is still there after the process has ended.
func Example() {
	dir, err := os.MkdirTemp("", "map")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "map.log")

	m, err := writeaheadlog.OpenMap(path, writeaheadlog.Options{Policy: writeaheadlog.Group})
	if err != nil {
		panic(err)
	}
	var move writeaheadlog.Batch // both or neither
	move.Put("alice", "70")
	move.Put("bob", "30")
	if err := m.Write(&move); err != nil {
		panic(err)
	}
	if err := m.Close(); err != nil {
		panic(err)
	}

	m, err = writeaheadlog.OpenMap(path, writeaheadlog.Options{})
	if err != nil {
		panic(err)
	}
	defer m.Close()
	alice, _ := m.Get("alice")
	bob, _ := m.Get("bob")
	fmt.Println(alice, bob, m.Log().Status().Applied)
	// Output: 70 30 1
}

// A state machine of one's own: a sum that survives.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "sum")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "sum.log")

	for _, n := range []byte{20, 22} {
		var s sum
		log, err := writeaheadlog.Open(path, &s, writeaheadlog.Options{})
		if err != nil {
			panic(err)
		}
		index, err := log.Append(0, []byte{n})
		if err != nil {
			panic(err)
		}
		fmt.Println("entry", index, "makes it", s)
		if err := log.Close(); err != nil {
			panic(err)
		}
	}
	// Output:
	// entry 1 makes it 20
	// entry 2 makes it 42
}

type sum int

// Apply adds the entry's only byte.
func (s *sum) Apply(e writeaheadlog.Entry) { *s += sum(e.Payload[0]) }
