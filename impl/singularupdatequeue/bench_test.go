package singularupdatequeue

import (
	"context"
	"sync"
	"testing"
)

// BenchmarkCounter lets goroutines add to one number: through the queue, with a
// mutex, and through a plain channel to a goroutine that answers. The mutex is
// faster as long as the change is quick; the queue is for those that are not,
// and costs what a channel costs with its answer.
func BenchmarkCounter(b *testing.B) {
	b.Run("queue", func(b *testing.B) {
		q, err := New(0, func(t *Turn[int, int], n int) (int, error) {
			t.State += n
			return t.State, nil
		}, Options[int, int, int]{})
		if err != nil {
			b.Fatal(err)
		}
		ctx := context.Background()
		b.ReportAllocs()
		b.SetParallelism(64)
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				if _, err := q.Do(ctx, 1); err != nil {
					b.Error(err)
				}
			}
		})
		if err := q.Stop(ctx, Drain); err != nil {
			b.Fatal(err)
		}
	})
	b.Run("mutex", func(b *testing.B) {
		var mu sync.Mutex
		sum := 0
		b.ReportAllocs()
		b.SetParallelism(64)
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				mu.Lock()
				sum++
				mu.Unlock()
			}
		})
	})
	b.Run("channel", func(b *testing.B) {
		type request struct {
			n      int
			answer chan int
		}
		requests := make(chan request, 1024)
		go func() {
			sum := 0
			for r := range requests {
				sum += r.n
				r.answer <- sum
			}
		}()
		b.ReportAllocs()
		b.SetParallelism(64)
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				r := request{1, make(chan int, 1)}
				requests <- r
				<-r.answer
			}
		})
		close(requests)
	})
}
