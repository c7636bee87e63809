package main

import (
	"fmt"
	"os"
	"syscall"
)

func allocate(f *os.File, size int64) error {
	return syscall.Fallocate(int(f.Fd()), 0, 0, size)
}

func datasync(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }

// settle waits until the disk has written what has nothing to do with the
// measuring that follows. That it fails would only make that less quiet.
func settle() { syscall.Sync() }

// filesystem names what dir is on, with a warning where a flush is not what it
// is on a disk.
func filesystem(dir string) string {
	var info syscall.Statfs_t
	if err := syscall.Statfs(dir, &info); err != nil {
		return "an unknown filesystem"
	}
	switch uint32(info.Type) { // the magic numbers of statfs(2)
	case 0x01021994:
		return "tmpfs, WHICH IS MEMORY: A FLUSH COSTS NOTHING HERE"
	case 0x794c7630:
		return "overlayfs, whose flush costs what the filesystem beneath makes of it"
	case 0xef53:
		return "ext4 (or ext2, ext3)"
	case 0x58465342:
		return "xfs"
	case 0x9123683e:
		return "btrfs"
	case 0x2fc12fc1:
		return "zfs"
	default:
		return fmt.Sprintf("a filesystem of type %#x", uint32(info.Type))
	}
}
