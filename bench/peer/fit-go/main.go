// fit-go: how fast github.com/muktihari/fit turns the same recordings into its structs, beside bench_fit.
//
//	fit-go FOLDER [ROUNDS]
//
// Loads every FIT file of the folder into memory, decodes all of them ROUNDS times (50) and prints the best round's bytes a second. The decoder
// is used as its documentation says for speed: one decoder, reset for each file, an activity listener that fills typed messages.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/muktihari/fit/decoder"
	"github.com/muktihari/fit/profile/filedef"
)

func decodeAll(dec *decoder.Decoder, listener *filedef.Listener, data []byte) (records int, err error) {
	dec.Reset(bytes.NewReader(data), decoder.WithMesgListener(listener), decoder.WithBroadcastOnly())
	for dec.Next() {
		if _, err = dec.Decode(); err != nil {
			break
		}
		if activity, ok := listener.File().(*filedef.Activity); ok {
			records += len(activity.Records)
		}
	}
	return records, err
}

func main() {
	rounds := 50
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: fit-go FOLDER [ROUNDS]")
		os.Exit(2)
	}
	if len(os.Args) > 2 {
		rounds, _ = strconv.Atoi(os.Args[2])
	}
	names, _ := filepath.Glob(filepath.Join(os.Args[1], "*.fit"))
	var files [][]byte
	total := 0
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		files = append(files, data)
		total += len(data)
	}
	if total == 0 {
		fmt.Fprintln(os.Stderr, "no FIT files to read")
		os.Exit(1)
	}
	listener := filedef.NewListener()
	defer listener.Close()
	dec := decoder.New(bytes.NewReader(nil))
	best := time.Duration(0)
	records, refused := 0, 0
	for round := 0; round < rounds; round++ {
		records, refused = 0, 0
		began := time.Now()
		for _, data := range files {
			n, err := decodeAll(dec, listener, data)
			records += n
			if err != nil {
				refused++
			}
		}
		if took := time.Since(began); round == 0 || took < best {
			best = took
		}
	}
	fmt.Printf("all %d %d %.1f MB/s (%d of %d files with an error)\n", total, records, float64(total)/best.Seconds()/1e6, refused, len(files))
}
