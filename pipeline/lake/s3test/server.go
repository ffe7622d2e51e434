package s3test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Region is the one that every Server says it is in.
const Region = "ap-south-1"

// BinaryEnv names the server's binary; without it, .tools/bin of the repository and then PATH are searched.
const BinaryEnv = "FMCG_VERSITYGW"

const (
	binary    = "versitygw"
	startWait = 20 * time.Second

	startAttempts = 3
	accessKey     = "fmcgtestkey"
	secretKey     = "fmcg-test-secret-8Qz1"
)

// Server is a running S3 server with one bucket.
type Server struct {
	Endpoint  string // http://127.0.0.1:port
	Bucket    string
	AccessKey string
	SecretKey string
	Dir       string // what the server serves: a folder for each bucket, a file for each key
}

// Start runs a server with an empty bucket until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	program := find(t)
	s := &Server{Bucket: "fmcg-lake", AccessKey: accessKey, SecretKey: secretKey, Dir: t.TempDir()}
	if err := os.Mkdir(filepath.Join(s.Dir, s.Bucket), 0o755); err != nil {
		t.Fatal(err)
	}
	arguments := append([]string{"--quiet", "--region", Region, "posix"}, metadata(t, s.Dir)...)
	var err error
	for range startAttempts { // another process may take the port between its choice and its use
		if err = s.run(t, program, arguments); err == nil {
			return s
		}
	}
	t.Fatalf("start %s: %v", program, err)
	return nil
}

// run starts the server on a free port and returns once it accepts connections.
func (s *Server) run(t testing.TB, program string, arguments []string) error {
	address := freeAddress(t)
	var output bytes.Buffer
	command := exec.Command(program, append([]string{"--port", address}, arguments...)...)
	command.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+accessKey, "ROOT_SECRET_KEY="+secretKey)
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		_ = command.Wait() // it is killed
		close(ended)
	}()
	kill := func() {
		_ = command.Process.Kill()
		<-ended
	}
	if err := awaitPort(address, ended); err != nil {
		kill()
		return fmt.Errorf("%w\n%s", err, output.String())
	}
	t.Cleanup(kill)
	s.Endpoint = "http://" + address
	return nil
}

// metadata returns the arguments that say where the server keeps what a file has no room for: in extended attributes,
// or in a folder beside it where the file system has none.
func metadata(t testing.TB, dir string) []string {
	if supportsAttributes(dir) {
		return []string{dir}
	}
	return []string{"--sidecar", t.TempDir(), dir}
}

func find(t testing.TB) string {
	t.Helper()
	if path := os.Getenv(BinaryEnv); path != "" {
		return path
	}
	_, source, _, _ := runtime.Caller(0)
	tool := filepath.Join(filepath.Dir(source), "..", "..", "..", ".tools", "bin", binary)
	if info, err := os.Stat(tool); err == nil && !info.IsDir() {
		return tool
	}
	path, err := exec.LookPath(binary)
	if err != nil {
		t.Fatalf("this test needs the S3 server %s, which is in neither .tools/bin nor PATH. Run: make tools (or set %s to its path)", binary, BinaryEnv)
	}
	return path
}

func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// awaitPort returns once the server accepts a connection.
func awaitPort(address string, ended <-chan struct{}) error {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(startWait)
	for {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ended:
			return fmt.Errorf("it ended before it listened on %s", address)
		case <-deadline:
			return fmt.Errorf("it does not listen on %s after %s", address, startWait)
		case <-ticker.C:
		}
	}
}

// Env is what a process needs to reach the server, and nothing of the machine's own AWS settings.
func (s *Server) Env() []string { return environment(s.Endpoint, s.AccessKey, s.SecretKey) }

// SetEnv gives the test's own process the environment Env.
func (s *Server) SetEnv(t testing.TB) { setEnv(t, s.Env()) }

func environment(endpoint, key, secret string) []string {
	return []string{
		"AWS_ACCESS_KEY_ID=" + key,
		"AWS_SECRET_ACCESS_KEY=" + secret,
		"AWS_SESSION_TOKEN=",
		"AWS_REGION=" + Region,
		"AWS_ENDPOINT_URL_S3=" + endpoint,
		"AWS_ENDPOINT_URL=",
		"AWS_PROFILE=",
		"AWS_CONFIG_FILE=" + os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
		"AWS_EC2_METADATA_DISABLED=true",
	}
}

func setEnv(t testing.TB, env []string) {
	t.Helper()
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
}

// Client returns an SDK client of the server that goes around any proxy.
func (s *Server) Client() *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: aws.String(s.Endpoint),
		Region:       Region,
		UsePathStyle: true,
		Credentials:  credentials.NewStaticCredentialsProvider(s.AccessKey, s.SecretKey, ""),
		HTTPClient:   &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
	})
}

// URL returns s3://bucket/prefix.
func (s *Server) URL(prefix string) string {
	return strings.TrimSuffix("s3://"+s.Bucket+"/"+prefix, "/")
}

// Put writes an object.
func (s *Server) Put(t testing.TB, key string, body []byte) {
	t.Helper()
	_, err := s.Client().PutObject(context.Background(), &s3.PutObjectInput{Bucket: &s.Bucket, Key: &key, Body: bytes.NewReader(body)})
	if err != nil {
		t.Fatalf("put %s: %v", key, err)
	}
}

// Upload writes every file of a folder below prefix and gives it the file's own modified time.
func (s *Server) Upload(t testing.TB, folder, prefix string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		within, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		key := strings.TrimPrefix(prefix+"/"+filepath.ToSlash(within), "/")
		s.Put(t, key, body)
		s.Touch(t, key, info.ModTime())
		return nil
	})
	if err != nil {
		t.Fatalf("upload %s: %v", folder, err)
	}
}

// Touch sets the time an object was last modified at.
func (s *Server) Touch(t testing.TB, key string, modified time.Time) {
	t.Helper()
	if err := os.Chtimes(s.path(key), modified, modified); err != nil {
		t.Fatal(err)
	}
}

// Delete removes an object.
func (s *Server) Delete(t testing.TB, key string) {
	t.Helper()
	if _, err := s.Client().DeleteObject(context.Background(), &s3.DeleteObjectInput{Bucket: &s.Bucket, Key: &key}); err != nil {
		t.Fatalf("delete %s: %v", key, err)
	}
}

// Keys returns what the bucket holds: the content of every key.
func (s *Server) Keys(t testing.TB) map[string]string {
	t.Helper()
	found := map[string]string{}
	pages := s3.NewListObjectsV2Paginator(s.Client(), &s3.ListObjectsV2Input{Bucket: &s.Bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatalf("list %s: %v", s.Bucket, err)
		}
		for _, object := range page.Contents {
			key := aws.ToString(object.Key)
			if strings.HasSuffix(key, "/") {
				found[key] = ""
				continue
			}
			body, err := os.ReadFile(s.path(key))
			if err != nil {
				t.Fatal(err)
			}
			found[key] = string(body)
		}
	}
	return found
}

func (s *Server) path(key string) string {
	return filepath.Join(s.Dir, s.Bucket, filepath.FromSlash(key))
}
