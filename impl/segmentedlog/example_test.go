package segmentedlog_test

import (
	"fmt"
	"log"
	"os"

	"github.com/lockstep-tla/lockstep/impl/segmentedlog"
)

// A program writes down what it does, begins a segment a day, and keeps two days.
func Example() {
	dir, err := os.MkdirTemp("", "segmentedlog")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	l, err := segmentedlog.Open(dir, segmentedlog.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for day, what := range []string{"seeds bought", "seeds sown", "flowers watered"} {
		if day > 0 {
			if err := l.Roll(); err != nil {
				log.Fatal(err)
			}
		}
		if _, err := l.Append(0, []byte(what)); err != nil {
			log.Fatal(err)
		}
	}
	if err := l.DropBefore(2); err != nil {
		log.Fatal(err)
	}
	if err := l.Close(); err != nil {
		log.Fatal(err)
	}

	// Later.
	if l, err = segmentedlog.Open(dir, segmentedlog.Options{}); err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	for entry, err := range l.Entries(l.Status().First) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d: %s\n", entry.Index, entry.Payload)
	}
	// Output:
	// 2: seeds sown
	// 3: flowers watered
}
