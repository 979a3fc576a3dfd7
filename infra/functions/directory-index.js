// Viewer request of the site: /a/ is answered by /a/index.html, /a is sent to /a/.
// Nobody gets to .releases/, the publisher's records: the bucket denies it, this says 404 before the bucket is asked.
function handler(event) {
  var request = event.request;
  var uri = request.uri;
  if (isClosed(uri)) {
    return {
      statusCode: 404,
      statusDescription: 'Not Found',
      headers: {
        'content-type': { value: 'text/plain; charset=utf-8' },
        'cache-control': { value: 'no-store' },
        'x-robots-tag': { value: 'noindex' }
      },
      body: { encoding: 'text', data: 'There is no such page.\n' }
    };
  }
  if (uri.endsWith('/')) {
    request.uri = uri + 'index.html';
    return request;
  }
  // Names below .well-known/ have no extension and are files.
  if (isFile(uri) || uri.startsWith('/.well-known/')) {
    return request;
  }
  return {
    statusCode: 301,
    statusDescription: 'Moved Permanently',
    headers: {
      // One slash at the start: browsers read what follows two slashes or backslashes as another host.
      location: { value: uri.replace(/^[\/\\]+/, '/') + '/' + query(request.querystring) },
      'cache-control': { value: 'public, max-age=3600' }
    }
  };
}

// True for the publisher's records and for paths that mean another one than they say. S3 decodes a path once;
// decoding here until nothing changes covers what stands in between, too.
function isClosed(uri) {
  var path = uri;
  for (var round = 0; round < 5; round++) {
    try {
      path = decodeURIComponent(path);
    } catch (error) {
      if (round === 0) return true; // no address at all; later it is a name with a percent sign
      break;
    }
  }
  return path.split(/[\/\\]/).some(function (part) {
    return part === '.' || part === '..' || part.toLowerCase() === '.releases';
  });
}

// An extension has a letter in it: /news/version-1.2 is a page, /rss.xml, /a.mp4 and /a.7z are files.
function isFile(uri) {
  return /\.(?=[a-z0-9]*[a-z])[a-z0-9]{1,12}$/i.test(uri.substring(uri.lastIndexOf('/') + 1));
}

function query(given) {
  var parts = [];
  for (var key in given) {
    var values = given[key].multiValue || [given[key]];
    for (var i = 0; i < values.length; i++) {
      parts.push(values[i].value === '' ? key : key + '=' + values[i].value);
    }
  }
  return parts.length ? '?' + parts.join('&') : '';
}
