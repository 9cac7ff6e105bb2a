package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/config"
	aratame "github.com/aratame/aratame/internal/server"
	"github.com/aratame/aratame/sigv4"
)

// A server is a child process that serves on one core.
type server struct {
	pid              int
	address, account string
	key              key
	process          *exec.Cmd
}

type key struct{ id, secret string }

// start runs this program as a server and waits for its first line.
func start(kind, argument string) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, "-child", kind)
	cmd.Stdin, cmd.Stderr = strings.NewReader(argument), os.Stderr
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{pid: cmd.Process.Pid, process: cmd}
	if _, err := fmt.Fscan(out, &s.address, &s.account, &s.key.id, &s.key.secret); err != nil {
		s.stop()
		return nil, fmt.Errorf("starting %s: %w", kind, err)
	}
	return s, nil
}

func (s *server) stop() {
	_ = s.process.Process.Signal(syscall.SIGTERM)
	_ = s.process.Wait()
}

// runChild is the program as a server: on the last core, while the clients have
// the others.
func runChild(kind string) error {
	runtime.LockOSThread()
	var cpus unix.CPUSet
	cpus.Set(runtime.NumCPU() - 1)
	if err := pinAll(&cpus); err != nil {
		return err
	}
	argument, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if path := os.Getenv("BENCH_CPUPROFILE"); path != "" { // of the last server that ends
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer f.Close()
		defer pprof.StopCPUProfile()
	}
	if kind == "bare" {
		return bare(ctx, argument)
	}
	quotas := account.DefaultQuotas
	quotas.Users = 1 << 30
	aratame.Tune()
	s, err := aratame.Open(ctx, aratame.Options{Config: &config.Config{Data: string(argument), Listen: "127.0.0.1:0"}, Quotas: &quotas})
	if err != nil {
		return err
	}
	defer s.Close()
	l, err := s.Listen()
	if err != nil {
		return err
	}
	f := s.First()
	fmt.Println(strings.TrimPrefix(l.URL(), "http://"), f.Account, f.KeyID, f.Secret)
	return l.Serve(ctx)
}

// pinAll binds every thread of the process; threads made later inherit it.
func pinAll(cpus *unix.CPUSet) error {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range threads {
		var id int
		if _, err := fmt.Sscan(t.Name(), &id); err != nil {
			return err
		}
		if err := unix.SchedSetaffinity(id, cpus); err != nil {
			return err
		}
	}
	return nil
}

// bare answers every request with the same bytes, after reading it.
func bare(ctx context.Context, answer []byte) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/xml")
		w.Header().Set("X-Amzn-Requestid", "00000000-0000-4000-8000-000000000000")
		_, _ = w.Write(answer)
	})}
	fmt.Println(l.Addr(), "-", "-", "-")
	go func() { <-ctx.Done(); _ = srv.Close() }()
	_ = srv.Serve(l)
	return nil
}

// request signs a form and gives the bytes that go over the wire. They stay
// valid for 15 minutes.
func (s *server) request(k key, service, form string) []byte {
	r, err := http.NewRequest(http.MethodPost, "http://"+s.address+"/", strings.NewReader(form))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	r.Header.Set("User-Agent", "aratame-bench")
	sigv4.Sign(r, sigv4.Credentials{AccessKeyID: k.id, SecretAccessKey: k.secret}, "us-east-1", service,
		sigv4.HashPayload([]byte(form)), time.Now(), sigv4.SignOptions{})
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// prepare makes the role, the group and n users.
func prepare(s *server, n int) error {
	document := func(text string) string { return url.QueryEscape(text) }
	for _, form := range []string{
		"Action=CreateRole&RoleName=bench&AssumeRolePolicyDocument=" + document(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+s.account+`"},"Action":"sts:AssumeRole"}}`),
		"Action=CreateGroup&GroupName=bench",
		"Action=PutGroupPolicy&GroupName=bench&PolicyName=p&PolicyDocument=" + document(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"},{"Effect":"Allow","Action":"iam:GetUser","Resource":"arn:aws:iam::*:user/${aws:username}"}]}`),
	} {
		if _, err := s.once(s.request(s.key, "iam", form+"&Version=2010-05-08")); err != nil {
			return err
		}
	}
	var wg sync.WaitGroup
	work := make(chan int)
	failed := make(chan error, 64)
	for range 32 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range work {
				if _, err := s.once(s.request(s.key, "iam", fmt.Sprintf("Action=CreateUser&UserName=user%06d&Version=2010-05-08", i))); err != nil {
					select {
					case failed <- err:
					default:
					}
				}
			}
		}()
	}
	for i := range n {
		work <- i
	}
	close(work)
	wg.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// newUser makes a user in the group, with a key.
func (s *server) newUser(admin key, name string) (key, error) {
	for _, form := range []string{"Action=CreateUser&UserName=" + name, "Action=AddUserToGroup&GroupName=bench&UserName=" + name} {
		if _, err := s.once(s.request(admin, "iam", form+"&Version=2010-05-08")); err != nil {
			return key{}, err
		}
	}
	body, err := s.once(s.request(admin, "iam", "Action=CreateAccessKey&Version=2010-05-08&UserName="+name))
	if err != nil {
		return key{}, err
	}
	var out struct {
		ID     string `xml:"CreateAccessKeyResult>AccessKey>AccessKeyId"`
		Secret string `xml:"CreateAccessKeyResult>AccessKey>SecretAccessKey"`
	}
	err = xml.Unmarshal(body, &out)
	return key{out.ID, out.Secret}, err
}
