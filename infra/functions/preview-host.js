// Viewer request of the distribution for previews: the host names the folder.
//   https://b17-k3q9x2m7w4.preview.example.org/a/ is answered by previews/b17-k3q9x2m7w4/a/index.html
// The build is the one that may go live, byte for byte. The cache's key is made after this function, so two previews
// never share an entry.
function handler(event) {
  var request = event.request;
  var uri = request.uri;
  var label = request.headers.host.value.toLowerCase().split('.')[0];
  // Ten characters at least: shorter names are no previews, and the records of none can be asked for.
  if (!/^[a-z0-9][a-z0-9-]{8,61}[a-z0-9]$/.test(label) || isClosed(uri)) {
    return {
      statusCode: 404,
      statusDescription: 'Not Found',
      headers: {
        'content-type': { value: 'text/plain; charset=utf-8' },
        'cache-control': { value: 'no-store' },
        'x-robots-tag': { value: 'noindex' }
      },
      body: { encoding: 'text', data: 'There is no such preview. It may have expired.\n' }
    };
  }
  if (uri.endsWith('/')) {
    request.uri = '/previews/' + label + uri + 'index.html';
    return request;
  }
  if (isFile(uri) || uri.startsWith('/.well-known/')) {
    request.uri = '/previews/' + label + uri;
    return request;
  }
  return {
    statusCode: 302,
    statusDescription: 'Found',
    headers: {
      // One slash at the start: browsers read what follows two slashes or backslashes as another host.
      location: { value: uri.replace(/^[\/\\]+/, '/') + '/' + query(request.querystring) },
      'cache-control': { value: 'no-store' }
    }
  };
}

// True for the publisher's records and for paths that mean another one than they say.
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
