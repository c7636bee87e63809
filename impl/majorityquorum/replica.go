package majorityquorum

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/internal/strictjson"
	"github.com/lockstep-tla/lockstep/trace"
)

// ReplicaOptions are what a replica is opened with.
type ReplicaOptions struct {
	Name  string
	Path  string          // of its file, which is made if there is none
	FS    disk.FS         // where that is; nil is the operating system's
	Trace *trace.Recorder // nil to record nothing
}

// Replica keeps a register in a file. Its methods may be called by any number of
// goroutines.
type Replica struct {
	o ReplicaOptions

	mu      sync.Mutex
	core    *ReplicaCore
	stopped error // ErrStopped, once it is over
}

// OpenReplica opens a replica with what its last process has left.
func OpenReplica(o ReplicaOptions) (*Replica, error) {
	if o.Name == "" || len(o.Name) > MaxName || o.Path == "" {
		return nil, fmt.Errorf("%w: a replica %.120q with the path %q", ErrOption, o.Name, o.Path)
	}
	if o.FS == nil {
		o.FS = disk.OS{}
	}
	r := &Replica{o: o, core: NewReplicaCore(o.Name, o.Trace)}
	kept, err := r.load()
	if err == nil && kept != (Cell{}) {
		// It must stay. If a flush of the last process has failed, only the cache may have it,
		// and no other flush writes it.
		err = r.save(kept)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Path, err)
	}
	r.core.Restart(kept)
	return r, nil
}

// Receive takes a request and returns the answer, when what it says is durable. After
// ErrStopped the replica must be opened again.
func (r *Replica) Receive(m *Message) (*Message, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	if !m.isRequest() || m.To != r.o.Name {
		return nil, fmt.Errorf("%w: %s for %q at %q", ErrMessage, m.Type, m.To, r.o.Name)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped != nil {
		return nil, r.stopped
	}
	if m.Type == Get {
		return r.core.Answer(m)
	}
	if r.core.Store(m) == nil { // or it has something newer
		if err := r.save(m.Cell); err != nil {
			r.stopped = fmt.Errorf("%w: %w", ErrStopped, err)
			return nil, r.stopped
		}
		must(r.core.Persist())
	}
	return r.core.Acknowledge(m)
}

// Serve is Receive for encoded messages.
func (r *Replica) Serve(request []byte) ([]byte, error) {
	m, err := Decode(request)
	if err != nil {
		return nil, err
	}
	answer, err := r.Receive(m)
	if err != nil {
		return nil, err
	}
	return answer.Encode(), nil
}

// save returns when the cell is durable. The new file takes the place of the old one, so a
// crash leaves one of them.
func (r *Replica) save(cell Cell) (err error) {
	b, err := json.Marshal(cell)
	if err != nil {
		return err
	}
	next := r.o.Path + ".new"
	if err := r.o.FS.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // a crash has left it
	}
	f, err := r.o.FS.Create(next)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(b, 0)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := r.o.FS.Rename(next, r.o.Path); err != nil {
		return err
	}
	return r.o.FS.SyncDir(filepath.Dir(r.o.Path))
}

// load reads what save has written.
func (r *Replica) load() (cell Cell, err error) {
	f, err := r.o.FS.Open(r.o.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return Cell{}, nil
	}
	if err != nil {
		return Cell{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size, err := f.Size()
	if err != nil {
		return Cell{}, err
	}
	if size > 8*MaxValue {
		return Cell{}, fmt.Errorf("%w: %d bytes", ErrFile, size)
	}
	b := make([]byte, size)
	if _, err := f.ReadAt(b, 0); err != nil {
		return Cell{}, err
	}
	if err := errors.Join(strictjson.Unmarshal(b, &cell), cell.check()); err != nil {
		return Cell{}, fmt.Errorf("%w: %w", ErrFile, err)
	}
	return cell, nil
}

// Close ends the replica's work.
func (r *Replica) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = fmt.Errorf("%w: closed", ErrStopped)
}
