# frozen_string_literal: true

require "etc"
require "fileutils"
require "socket"
require "tmpdir"

# Servers for tests: given by the environment, or started once for the whole run in a temporary folder on a free port, and
# gone with it. Where a program cannot be had, the tests that need it say so and are skipped.
module Servers
  class Unavailable < StandardError; end

  module_function

  # @return [String] URL of a PostgreSQL in which databases may be made
  def postgres_url
    @postgres_url ||= ENV["CONCORD_TEST_POSTGRES_URL"] || start_postgres
  end

  # @return [String] URL of a nats-server with JetStream
  def nats_url
    @nats_url ||= ENV["CONCORD_TEST_NATS_URL"] || start_nats
  end

  def start_postgres
    programs = find("initdb", [ENV["POSTGRES_BIN"], *Dir["/usr/lib/postgresql/*/bin"].sort.reverse])
    folder = temporary_folder
    user = unprivileged_user
    FileUtils.chown(user.uid, user.gid, folder) if user
    data = File.join(folder, "data")
    port = free_port
    run(user, folder, "#{programs}/initdb", "-D", data, "--username=concord", "--auth=trust", "--encoding=UTF8",
      "--locale=C", "--no-sync")
    start(user, folder, "SIGQUIT", "#{programs}/postgres", "-D", data, "-p", port.to_s, "-c", "listen_addresses=127.0.0.1",
      "-c", "unix_socket_directories=", "-c", "fsync=off")
    wait_for_port(port)
    "postgres://concord@127.0.0.1:#{port}/postgres"
  end

  # Starts one more nats-server, with lines of configuration of its own.
  # @param env [Hash{String => String}] what the lines may name
  # @return [String] its URL, without a user
  def start_nats(config = "", env: {})
    cached = Dir[File.expand_path("../../../../.cache/nats-server/*/", __dir__)].sort.reverse
    programs = find("nats-server", [ENV["NATS_SERVER"] && File.dirname(ENV["NATS_SERVER"]), *cached,
      *ENV.fetch("PATH").split(File::PATH_SEPARATOR)])
    folder = temporary_folder
    port = free_port
    File.write(File.join(folder, "nats.conf"), config)
    start(nil, folder, "SIGKILL", "#{programs}/nats-server", "-a", "127.0.0.1", "-p", port.to_s, "-js", "-sd", folder,
      "-c", File.join(folder, "nats.conf"), env:)
    wait_for_port(port)
    "nats://127.0.0.1:#{port}"
  end

  def find(program, folders)
    folder = folders.compact.find { |path| File.executable?(File.join(path, program)) }
    folder&.chomp("/") || raise(Unavailable, "#{program} is not on this machine")
  end

  # PostgreSQL refuses to run as root, so root lends it another user of the machine.
  def unprivileged_user
    return unless Process.uid.zero?

    begin
      Etc.getpwnam("postgres")
    rescue ArgumentError
      Etc.getpwnam("nobody")
    end
  end

  def run(user, folder, *command)
    pid = launch(user, folder, command)
    _, status = Process.wait2(pid)
    raise Unavailable, "#{command.first} failed: #{File.read(File.join(folder, "log"))}" unless status.success?
  end

  def start(user, folder, stop_signal, *command, env: {})
    pid = launch(user, folder, command, env)
    owner = Process.pid
    Minitest.after_run do
      next unless Process.pid == owner

      Process.kill(stop_signal, pid)
      Process.wait(pid)
      FileUtils.rm_rf(folder)
    end
  end

  def launch(user, folder, command, env = {})
    log = File.open(File.join(folder, "log"), "a")
    fork do
      if user
        Process::GID.change_privilege(user.gid)
        Process::UID.change_privilege(user.uid)
      end
      Dir.chdir(folder)
      exec(env, *command, out: log, err: log, in: File::NULL)
    end
  ensure
    log&.close
  end

  def temporary_folder
    Dir.mktmpdir("concord-ruby-").tap { |folder| FileUtils.chmod(0o755, folder) }
  end

  def free_port = TCPServer.open("127.0.0.1", 0) { |server| server.addr[1] }

  def wait_for_port(port)
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 20
    begin
      TCPSocket.new("127.0.0.1", port).close
    rescue Errno::ECONNREFUSED
      raise Unavailable, "no server came up on port #{port}" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline

      sleep 0.05
      retry
    end
  end
end
