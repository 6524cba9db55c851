import CCurl
import CCurlShim

/// A libcurl easy handle with what must live as long as it does. One thread at a time; `close` ends it.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private var headers: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>
    private var failure: CURLcode?

    init?() {
        guard let pointer = curl_easy_init() else { return nil }
        self.pointer = pointer
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        note(curlshim_set_pointer(pointer, CURLOPT_ERRORBUFFER, errorText))
    }

    deinit {
        curl_easy_cleanup(pointer)
        curl_slist_free_all(headers)
        errorText.deallocate()
    }

    private func note(_ code: CURLcode) {
        if code != CURLE_OK, failure == nil { failure = code }
    }

    func set(_ option: CURLoption, _ value: Int) { note(curlshim_set_long(pointer, option, value)) }
    func set(_ option: CURLoption, _ value: Bool) { set(option, value ? 1 : 0) }
    func set(_ option: CURLoption, _ value: String?) { note(curlshim_set_string(pointer, option, value)) }
    func setOffset(_ option: CURLoption, _ value: Int64) { note(curlshim_set_offset(pointer, option, curl_off_t(value))) }
    func setBlob(_ option: CURLoption, _ bytes: [UInt8]) {
        bytes.withUnsafeBytes { note(curlshim_set_blob(pointer, option, $0.baseAddress, $0.count)) }
    }
    /// libcurl copies the bytes.
    func setPostFields(_ bytes: [UInt8]) {
        set(CURLOPT_POST, true)
        setOffset(CURLOPT_POSTFIELDSIZE_LARGE, Int64(bytes.count))
        (bytes + [0]).withUnsafeBytes { fields in
            note(curlshim_set_pointer(pointer, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: fields.baseAddress)))
        }
    }
    func addHeader(_ line: String) {
        guard let longer = curl_slist_append(headers, line) else { return note(CURLE_OUT_OF_MEMORY) }
        headers = longer
    }
    func sendHeaders() { note(curlshim_set_pointer(pointer, CURLOPT_HTTPHEADER, headers)) }

    func onRead(_ function: curlshim_io, _ context: UnsafeMutableRawPointer) {
        note(curlshim_set_io(pointer, CURLOPT_READFUNCTION, CURLOPT_READDATA, function, context))
    }
    func onWrite(_ function: curlshim_io, _ context: UnsafeMutableRawPointer) {
        note(curlshim_set_io(pointer, CURLOPT_WRITEFUNCTION, CURLOPT_WRITEDATA, function, context))
    }
    func onHeader(_ function: curlshim_io, _ context: UnsafeMutableRawPointer) {
        note(curlshim_set_io(pointer, CURLOPT_HEADERFUNCTION, CURLOPT_HEADERDATA, function, context))
    }
    func onProgress(_ function: curlshim_progress, _ context: UnsafeMutableRawPointer) { note(curlshim_set_progress(pointer, function, context)) }
    func onSeek(_ function: curlshim_seek, _ context: UnsafeMutableRawPointer) { note(curlshim_set_seek(pointer, function, context)) }
    func onRequest(_ function: curlshim_prereq, _ context: UnsafeMutableRawPointer) { note(curlshim_set_prereq(pointer, function, context)) }
    func onTLS(_ function: curlshim_sslctx, _ context: UnsafeMutableRawPointer) { note(curlshim_set_sslctx(pointer, function, context)) }

    /// OpenSSL's object of the connection in use; nil without TLS.
    var ssl: OpaquePointer? { curlshim_get_ssl(pointer).map { OpaquePointer($0) } }

    /// The first option that libcurl refused, in its words.
    var refusal: String? { failure.map { String(cString: curl_easy_strerror($0)) } }

    /// What libcurl says about the code, with its details where it left any.
    func explain(_ code: CURLcode) -> String {
        let detail = String(cString: errorText)
        return detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
    }

    func long(_ info: CURLINFO) -> Int {
        var value = 0
        return curlshim_get_long(pointer, info, &value) == CURLE_OK ? value : 0
    }
    func offset(_ info: CURLINFO) -> Int64 {
        var value: curl_off_t = 0
        return curlshim_get_offset(pointer, info, &value) == CURLE_OK ? Int64(value) : 0
    }
}
