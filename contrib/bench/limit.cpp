// Signatures and verifications a second that OpenSSL alone reaches with a key, on all cores: the
// limit L beside which contrib/bench/run puts every figure.
//
//   bench_limit KEY.pem [SECONDS [THREADS]]     prints "sign N" and "verify N"
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include <openssl/evp.h>
#include <openssl/pem.h>

namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using Buffer = std::vector<unsigned char>;

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "bench_limit: %s\n", what);
  std::exit(1);
}

void expect(bool ok, const char* what) {
  if (!ok) give_up(what);
}

bool is_edwards(EVP_PKEY* key) {
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ||
         EVP_PKEY_get_base_id(key) == EVP_PKEY_ED448;
}

/// One key on one thread: contexts are made once, the digest is given.
class Bench {
 public:
  explicit Bench(EVP_PKEY* key)
      : key_(key),
        sign_(EVP_PKEY_CTX_new(key, nullptr), &EVP_PKEY_CTX_free),
        verify_(EVP_PKEY_CTX_new(key, nullptr), &EVP_PKEY_CTX_free) {
    signature_.resize(static_cast<std::size_t>(EVP_PKEY_get_size(key)));
    if (is_edwards(key)) return;
    expect(EVP_PKEY_sign_init(sign_.get()) == 1, "sign_init");
    expect(EVP_PKEY_verify_init(verify_.get()) == 1, "verify_init");
    const bool is_p384 = EVP_PKEY_get_bits(key) == 384;
    const EVP_MD* digest = is_p384 ? EVP_sha384() : EVP_sha256();
    digest_size_ = is_p384 ? 48 : 32;
    expect(EVP_PKEY_CTX_set_signature_md(sign_.get(), digest) == 1, "digest");
    expect(EVP_PKEY_CTX_set_signature_md(verify_.get(), digest) == 1, "digest");
  }

  void sign() {
    size_ = signature_.size();
    ++message_[0];
    if (is_edwards(key_)) {
      const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
      expect(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_) == 1, "init");
      expect(EVP_DigestSign(context.get(), signature_.data(), &size_, message_.data(),
                            message_.size()) == 1,
             "sign");
      return;
    }
    expect(
        EVP_PKEY_sign(sign_.get(), signature_.data(), &size_, message_.data(), digest_size_) == 1,
        "sign");
  }

  void verify() {
    if (is_edwards(key_)) {
      const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
      expect(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_) == 1, "init");
      expect(EVP_DigestVerify(context.get(), signature_.data(), size_, message_.data(),
                              message_.size()) == 1,
             "verify");
      return;
    }
    expect(EVP_PKEY_verify(verify_.get(), signature_.data(), size_, message_.data(),
                           digest_size_) == 1,
           "verify");
  }

 private:
  EVP_PKEY* key_;
  Context sign_;
  Context verify_;
  Buffer signature_;
  std::size_t size_ = 0;
  std::size_t digest_size_ = 32;
  std::array<unsigned char, 64> message_{};
};

/// Calls an operation on every thread for a while; how many a second there were in all.
double rate(EVP_PKEY* key, unsigned threads, double seconds,
            const std::function<void(Bench&)>& operation) {
  std::atomic<std::uint64_t> done = 0;
  const auto start = std::chrono::steady_clock::now();
  const auto end = start + std::chrono::duration<double>(seconds);
  {
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < threads; ++i) {
      workers.emplace_back([&] {
        Bench bench(key);
        bench.sign();
        std::uint64_t count = 0;
        while (std::chrono::steady_clock::now() < end) {
          for (int n = 0; n < 16; ++n) operation(bench);
          count += 16;
        }
        done += count;
      });
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  return static_cast<double>(done.load()) / took.count();
}

}  // namespace

int main(int count, char** words) {
  const std::span<char*> arguments(words, static_cast<std::size_t>(count));
  if (arguments.size() < 2) give_up("usage: bench_limit KEY.pem [SECONDS [THREADS]]");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(arguments[1], "r"),
                                                             &std::fclose);
  expect(file != nullptr, "cannot open the key");
  const Key key(PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  expect(key != nullptr, "cannot read the key");
  const double seconds = arguments.size() > 2 ? std::strtod(arguments[2], nullptr) : 3.0;
  const auto threads = arguments.size() > 3
                           ? static_cast<unsigned>(std::strtoul(arguments[3], nullptr, 10))
                           : std::jthread::hardware_concurrency();
  std::printf("sign %.1f\n", rate(key.get(), threads, seconds, [](Bench& bench) { bench.sign(); }));
  std::printf("verify %.1f\n",
              rate(key.get(), threads, seconds, [](Bench& bench) { bench.verify(); }));
  return 0;
}
