package lamportclock_test

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
)

func BenchmarkTick(b *testing.B) {
	var clock lc.Clock
	b.ReportAllocs()
	for i := range b.N {
		clock.Tick(uint64(i))
	}
}

// BenchmarkTickShared is one clock that all processors want.
func BenchmarkTickShared(b *testing.B) {
	var clock lc.Clock
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			clock.Tick(0)
		}
	})
}

// BenchmarkServer writes and reads, from a number of goroutines at once that share
// the flushes of a real file.
func BenchmarkServer(b *testing.B) {
	for _, kind := range []lc.Kind{lc.Write, lc.Read} {
		for _, at := range []int{1, 16} {
			b.Run(fmt.Sprintf("%s-%d", kind, at), func(b *testing.B) {
				s, err := lc.OpenServer(lc.ServerOptions{Name: "s", Path: filepath.Join(b.TempDir(), "log")})
				require.NoError(b, err)
				defer s.Close()
				var n atomic.Uint64
				b.SetParallelism(at)
				b.RunParallel(func(p *testing.PB) {
					for p.Next() {
						m := &lc.Request{Kind: kind, From: "c", Number: n.Add(1), To: "s", Key: "k"}
						if _, err := s.Do(m); err != nil {
							b.Error(err)
							return
						}
					}
				})
			})
		}
	}
}
