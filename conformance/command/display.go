package command

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
	"golang.org/x/term"
)

// display shows how far long work has come: with bars on a terminal, and
// elsewhere with a line for each kind of work that begins.
type display struct {
	mu       sync.Mutex
	out      io.Writer
	quiet    bool
	writer   progress.Writer // nil where there is no terminal
	trackers map[string]*progress.Tracker
}

func newDisplay(out io.Writer, quiet bool) *display {
	d := &display{out: out, quiet: quiet, trackers: map[string]*progress.Tracker{}}
	file, ok := out.(*os.File)
	if quiet || !ok || !term.IsTerminal(int(file.Fd())) {
		return d
	}
	d.writer = progress.NewWriter()
	d.writer.SetOutputWriter(out)
	d.writer.SetAutoStop(false)
	d.writer.SetTrackerLength(24)
	d.writer.SetMessageLength(44)
	d.writer.SetUpdateFrequency(200 * time.Millisecond)
	d.writer.SetStyle(progress.StyleBlocks)
	d.writer.Style().Visibility.ETA = false
	d.writer.SetTrackerPosition(progress.PositionRight)
	go d.writer.Render()
	return d
}

// update is a conformance.Checker's Progress.
func (d *display) update(work string, done, total int) {
	if d.quiet {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	tracker, known := d.trackers[work]
	if !known {
		tracker = &progress.Tracker{Message: work}
		d.trackers[work] = tracker
		if d.writer != nil {
			d.writer.AppendTracker(tracker)
		} else {
			fmt.Fprintln(d.out, work)
		}
	}
	if d.writer == nil {
		return
	}
	tracker.UpdateTotal(int64(total))
	tracker.SetValue(int64(done))
	if total > 0 && done >= total {
		tracker.MarkAsDone()
	}
}

// close ends the display; what is printed next stands below it.
func (d *display) close() {
	if d.writer == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, t := range d.trackers {
		t.MarkAsDone()
	}
	d.writer.Stop()
	for d.writer.IsRenderInProgress() {
		time.Sleep(10 * time.Millisecond)
	}
}
