package writeaheadlog

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkAppend appends entries of 100 bytes and of 1 KiB to a real file.
func BenchmarkAppend(b *testing.B) {
	for _, policy := range []Policy{EachEntry, Group, Async} {
		for _, size := range []int{100, 1024} {
			for _, writers := range []int{1, 8, 64} {
				b.Run(fmt.Sprintf("policy=%s/size=%d/writers=%d", policy, size, writers), func(b *testing.B) {
					benchmarkAppend(b, policy, size, writers)
				})
			}
		}
	}
}

func benchmarkAppend(b *testing.B, policy Policy, size, writers int) {
	l, err := Open(filepath.Join(b.TempDir(), "log"), counter{}, Options{Policy: policy})
	require.NoError(b, err)
	payload := make([]byte, size)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := w; i < b.N; i += writers {
				if _, err := l.Append(0, payload); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	require.NoError(b, l.Close())
}

// counter is a state machine that does nothing.
type counter struct{}

func (counter) Apply(Entry) {}
