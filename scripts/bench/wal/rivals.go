package main

import (
	"errors"
	"path/filepath"

	tidwall "github.com/tidwall/wal"
	"go.etcd.io/etcd/server/v3/storage/wal"
	"go.etcd.io/etcd/server/v3/storage/wal/walpb"
	"go.etcd.io/raft/v3/raftpb"
	"go.uber.org/zap"
)

// log is what is measured.
type log interface {
	// Append returns nil when the entry is durable. Any number of goroutines
	// may call it if the log was opened for group commit, else one.
	Append(entry []byte) error
	Close() error
}

// subject opens logs of one kind in empty folders.
type subject struct {
	name string
	open func(dir string, group bool) (log, error)
	// read returns the entries of a log that was closed, in their order.
	read func(dir string) ([][]byte, error)
}

// saver makes entries durable, with one flush for all of them.
type saver interface {
	save(entries [][]byte) error
	Close() error
}

// asLog opens a saver as a log, behind a group if there are several writers.
func asLog(s saver, err error, group bool) (log, error) {
	if err != nil {
		return nil, err
	}
	if group {
		return newGroup(s.save, s.Close), nil
	}
	return &direct{saver: s}, nil
}

// direct saves each entry by itself.
type direct struct {
	saver
	one [1][]byte
}

// Append implements log.
func (d *direct) Append(entry []byte) error {
	d.one[0] = entry
	return d.save(d.one[:])
}

var etcdSubject = subject{
	name: "etcd",
	open: func(dir string, group bool) (log, error) {
		w, err := wal.Create(zap.NewNop(), filepath.Join(dir, "wal"), nil)
		return asLog(&etcdLog{WAL: w}, err, group)
	},
	read: readEtcd,
}

// etcdLog saves entries as a Raft node of etcd does.
type etcdLog struct {
	*wal.WAL
	entries []*raftpb.Entry
	index   uint64
}

func (l *etcdLog) save(entries [][]byte) error {
	l.entries = l.entries[:0]
	for i, data := range entries {
		l.entries = append(l.entries, &raftpb.Entry{
			Term:  new(uint64(1)),
			Index: new(l.index + uint64(i) + 1),
			Data:  data,
		})
	}
	l.index += uint64(len(entries))
	return l.Save(nil, l.entries)
}

var tidwallSubject = subject{
	name: "tidwall",
	open: func(dir string, group bool) (log, error) {
		l, err := tidwall.Open(dir, nil)
		return asLog(&tidwallLog{Log: l}, err, group)
	},
	read: readTidwall,
}

type tidwallLog struct {
	*tidwall.Log
	batch tidwall.Batch
	index uint64
}

func (l *tidwallLog) save(entries [][]byte) error {
	if len(entries) == 1 {
		l.index++
		return l.Write(l.index, entries[0])
	}
	for _, data := range entries {
		l.index++
		l.batch.Write(l.index, data)
	}
	return l.WriteBatch(&l.batch)
}

func readTidwall(dir string) (entries [][]byte, err error) {
	l, err := tidwall.Open(dir, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	last, err := l.LastIndex()
	if err != nil {
		return nil, err
	}
	for i := uint64(1); i <= last; i++ {
		entry, err := l.Read(i)
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

func readEtcd(dir string) (entries [][]byte, err error) {
	w, err := wal.Open(zap.NewNop(), filepath.Join(dir, "wal"), &walpb.Snapshot{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	_, _, saved, err := w.ReadAll()
	for _, e := range saved {
		entries = append(entries, e.GetData())
	}
	return entries, err
}
