package lowwatermark_test

import (
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
)

// visits counts visits by page.
type visits struct{ ByPage map[string]int }

func (v *visits) Apply(e lowwatermark.Entry) { v.ByPage[string(e.Payload)]++ }

func (v *visits) Snapshot() []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // a map of numbers
	}
	return b
}

func (v *visits) Restore(state []byte) error { return json.Unmarshal(state, v) }

// A web site counts its visitors. Its log is as short as two snapshots allow, and the
// count outlives the process.
func Example() {
	dir, err := os.MkdirTemp("", "lowwatermark")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	options := lowwatermark.Options{SegmentSize: 1 << 10}
	store, err := lowwatermark.Open(dir, &visits{ByPage: map[string]int{}}, options)
	if err != nil {
		log.Fatal(err)
	}
	for i := range 300 {
		page := []string{"/", "/seeds", "/tools"}[i%3]
		if _, err := store.Append(0, []byte(page)); err != nil {
			log.Fatal(err)
		}
		if i%100 == 99 {
			if err := store.Snapshot(); err != nil {
				log.Fatal(err)
			}
		}
	}
	s := store.Status()
	fmt.Println("snapshots", s.Snapshots, "mark", s.Mark, "shorter:", s.First > 100)
	if err := store.Close(); err != nil {
		log.Fatal(err)
	}

	// Later.
	counted := &visits{ByPage: map[string]int{}}
	if store, err = lowwatermark.Open(dir, counted, options); err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	_ = store.Look(func(applied uint64) { fmt.Println(applied, "visits,", counted.ByPage["/seeds"], "of /seeds") })
	// Output:
	// snapshots [200 300] mark 200 shorter: true
	// 300 visits, 100 of /seeds
}
