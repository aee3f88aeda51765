#include "io/http_server.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <future>
#include <thread>

#include "io/http_connection.hpp"
#include "io/unix_path.hpp"

namespace kontor::http {
namespace {

asio::io_context& context_of(io::EventLoop& loop) { return *static_cast<asio::io_context*>(loop.context()); }

Task<void> serve(std::shared_ptr<Server::Impl> server, PerLoop& place, Socket socket, std::shared_ptr<asio::ssl::context> tls) {
  Connection c(*server, place, std::move(socket), tls.get());
  co_await c.run();
}

}  // namespace

void Server::Impl::accept(std::shared_ptr<Acceptor> acceptor, PerLoop& place, std::shared_ptr<asio::ssl::context> tls_context) {
  acceptor->async_accept([this, self = shared_from_this(), acceptor, &place, tls_context](error_code ec, Socket socket) {
    if (ec == asio::error::operation_aborted || stopping) return;
    if (!ec) {
      if (static_cast<int>(place.connections.size()) >= limits.connections_per_loop) {
        static constexpr std::string_view full =
            "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        error_code ignored;
        socket.non_blocking(true, ignored);
        if (!tls_context) socket.send(asio::buffer(full.data(), full.size()), 0, ignored);
        socket.close(ignored);
      } else {
        spawn(serve(self, place, std::move(socket), tls_context));
      }
      accept(acceptor, place, tls_context);
      return;
    }
    // Out of descriptors or the like: try again in a moment instead of spinning.
    place.loop->post_after(std::chrono::milliseconds(50), [this, self, acceptor, &place, tls_context] {
      if (!stopping) accept(acceptor, place, tls_context);
    });
  });
}

void Server::Impl::sweep(PerLoop& place) {
  auto now = SteadyClock::now();
  for (Connection* c : std::vector<Connection*>(place.connections.begin(), place.connections.end())) c->close_if_late(now);
  if (stopping) return;
  place.loop->post_after(std::chrono::seconds(1), [weak = weak_from_this(), &place] {
    if (auto self = weak.lock()) self->sweep(place);
  });
}

Server::Server(io::LoopPool& loops, ServerLimits limits, Dispatch dispatch)
    : impl_(std::make_shared<Impl>(loops, limits, std::move(dispatch))) {
  for (std::size_t i = 0; i < loops.size(); ++i) {
    impl_->per_loop.push_back(std::make_unique<PerLoop>(PerLoop{&loops[i], {}}));
    PerLoop* place = impl_->per_loop.back().get();
    loops[i].post([impl = impl_, place] { impl->sweep(*place); });
  }
}
Server::~Server() { shutdown(std::chrono::milliseconds(0)); }

Result<int> Server::listen(ListenOptions o) {
  std::shared_ptr<asio::ssl::context> tls;
  if (!o.tls_cert.empty()) {
    tls = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    error_code ec;
    SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
    tls->use_certificate_chain_file(o.tls_cert, ec);
    if (!ec) tls->use_private_key_file(o.tls_key, asio::ssl::context::pem, ec);
    if (ec)
      return fail(Errc::unavailable, "tls_unusable",
                  fmt::format("Cannot use the TLS certificate {} with the key {}: {}", o.tls_cert, o.tls_key, ec.message()));
  }
  int port = o.port;
  bool is_unix = !o.unix_path.empty();
  io::UnixPath unix_path(o.unix_path);
  if (is_unix && !unix_path.fits())
    return fail(Errc::unavailable, "bad_address", fmt::format("The path of the socket {} is too long.", o.unix_path));
  std::size_t n = is_unix ? 1 : impl_->per_loop.size();
  std::vector<std::shared_ptr<Acceptor>> acceptors;
  for (std::size_t i = 0; i < n; ++i) {
    PerLoop& place = *impl_->per_loop[i];
    auto acceptor = std::make_shared<Acceptor>(context_of(*place.loop));
    error_code ec;
    asio::generic::stream_protocol::endpoint endpoint;
    if (is_unix) {
      ::unlink(o.unix_path.c_str());
      endpoint = asio::local::stream_protocol::endpoint(unix_path.usable());
    } else {
      auto address = asio::ip::make_address(o.address, ec);
      if (ec) return fail(Errc::unavailable, "bad_address", fmt::format("'{}' is not an IP address.", o.address));
      endpoint = asio::ip::tcp::endpoint(address, static_cast<unsigned short>(port));
    }
    acceptor->open(endpoint.protocol(), ec);
    int on = 1;
    if (!ec && !is_unix) {
      ::setsockopt(acceptor->native_handle(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
      // The first bind goes without SO_REUSEPORT on a probe socket, so that a second server on the port is noticed. It does not listen: a
      // caller who was waiting would be connected to it and cut off.
      // A server killed between fork and exec leaves a child that holds the port until it runs: asked again for a second before it is a
      // fault.
      for (int tries = 20; i == 0 && port != 0 && tries > 0; --tries) {
        Acceptor probe(context_of(*place.loop));
        probe.open(endpoint.protocol(), ec);
        ::setsockopt(probe.native_handle(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (!ec) probe.bind(endpoint, ec);
        if (ec != asio::error::address_in_use) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
      ::setsockopt(acceptor->native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    }
    mode_t old = is_unix ? ::umask(0177) : 0;
    if (!ec) acceptor->bind(endpoint, ec);
    if (is_unix) ::umask(old);
    if (!ec) acceptor->listen(1024, ec);
    if (ec)
      return fail(Errc::unavailable, "address_in_use",
                  fmt::format("Cannot listen on {}: {}", is_unix ? o.unix_path : fmt::format("{}:{}", o.address, port), ec.message()));
    if (!is_unix && port == 0) {
      auto bound = acceptor->local_endpoint(ec);
      asio::ip::tcp::endpoint tcp;
      std::memcpy(tcp.data(), bound.data(), std::min(bound.size(), tcp.capacity()));
      port = tcp.port();
    }
    acceptors.push_back(std::move(acceptor));
  }
  if (o.bound) o.bound(port);
  for (std::size_t i = 0; i < n; ++i) {
    PerLoop& place = *impl_->per_loop[i];
    impl_->acceptors.push_back(acceptors[i]);
    place.loop->post([impl = impl_, acceptor = acceptors[i], &place, tls] { impl->accept(acceptor, place, tls); });
  }
  if (is_unix) impl_->unix_paths.push_back(o.unix_path);
  return is_unix ? 0 : port;
}

void Server::shutdown(std::chrono::milliseconds patience) {
  if (impl_->stopping.exchange(true)) return;
  // A loop that is slow to come round may do its part after this has returned: the work owns what it touches.
  auto on_all = [impl = impl_](auto work) {
    for (auto& place : impl->per_loop) {
      auto done = std::make_shared<std::promise<void>>();
      auto finished = done->get_future();
      place->loop->post([impl, place = place.get(), work, done] {
        work(*place);
        done->set_value();
      });
      finished.wait_for(std::chrono::seconds(2));
    }
  };
  on_all([impl = impl_](PerLoop& place) {
    for (auto& a : impl->acceptors)
      if (&a->get_executor().context() == &context_of(*place.loop)) {
        error_code ignored;
        a->close(ignored);
      }
    for (Connection* c : std::vector<Connection*>(place.connections.begin(), place.connections.end())) c->close_if_idle();
  });
  auto until = SteadyClock::now() + patience;
  while (impl_->counters.active > 0 && SteadyClock::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  on_all([](PerLoop& place) {
    for (Connection* c : std::vector<Connection*>(place.connections.begin(), place.connections.end())) c->close();
  });
  auto closing = SteadyClock::now() + std::chrono::seconds(1);
  while (impl_->counters.open > 0 && SteadyClock::now() < closing) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  for (auto& path : impl_->unix_paths) ::unlink(path.c_str());
}

const Counters& Server::counters() const { return impl_->counters; }

}  // namespace kontor::http
